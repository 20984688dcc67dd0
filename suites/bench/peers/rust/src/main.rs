// SPDX-License-Identifier: MIT

//! A reader (suites/bench/reading.h): bollard over a unix socket, and its
//! decoder over a file.

mod replay;

use std::fs::File;
use std::time::Instant;

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::{BollardRequest, Docker, API_DEFAULT_VERSION};
use futures_util::StreamExt;

type Failure = Box<dyn std::error::Error>;

fn cpu_ns() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists on Linux, and `now` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// The decoder is private: it is given a connection that is made up, whose
/// bytes come out of the file.
fn open_file(path: &str) -> Result<Docker, Failure> {
    let file = File::open(path)?;
    let transport = move |request: BollardRequest| {
        let connection = file.try_clone().map(replay::Replay::new);
        async move {
            let (mut sender, driver) =
                hyper::client::conn::http1::handshake(connection?).await?;
            tokio::spawn(driver.with_upgrades());
            Ok(sender.send_request(request).await?)
        }
    };
    Ok(Docker::connect_with_custom_transport(
        transport,
        Some("http://file"),
        120,
        API_DEFAULT_VERSION,
    )?)
}

fn open(mode: &str, target: &str) -> Result<Docker, Failure> {
    match mode {
        "attach" => Ok(Docker::connect_with_unix(
            target,
            120,
            API_DEFAULT_VERSION,
        )?),
        "decode" => open_file(target),
        _ => Err("usage: run decode FILE | attach SOCKET".into()),
    }
}

async fn read(docker: &Docker) -> Result<u64, Failure> {
    let mut bytes = 0;
    match docker.start_exec("bench", None::<StartExecOptions>).await? {
        StartExecResults::Attached { mut output, .. } => {
            while let Some(piece) = output.next().await {
                bytes += piece?.as_ref().len() as u64;
            }
        }
        StartExecResults::Detached => return Err("detached".into()),
    }
    Ok(bytes)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() != 3 {
        return Err("usage: run decode FILE | attach SOCKET".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let docker = open(&arguments[1], &arguments[2])?;
        let (start, used) = (Instant::now(), cpu_ns());
        let bytes = read(&docker).await?;
        let (wall, cpu) = (start.elapsed().as_nanos(), cpu_ns() - used);
        println!("{wall} {cpu} {bytes}");
        Ok(())
    })
}

// SPDX-License-Identifier: MIT

//! A connection whose other end has answered 101 and sends a file.

use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

const HEAD: &[u8] =
    b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

pub struct Replay {
    file: File,
    is_asked: bool,
    is_answered: bool,
}

impl Replay {
    pub fn new(file: File) -> Self {
        Replay {
            file,
            is_asked: false,
            is_answered: false,
        }
    }
}

impl Read for Replay {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut to: ReadBufCursor<'_>,
    ) -> Poll<Result<()>> {
        if !self.is_asked {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.is_answered {
            to.put_slice(HEAD); // alone, so that nothing is copied twice
            self.is_answered = true;
            return Poll::Ready(Ok(()));
        }
        // SAFETY: read() writes at most as many bytes as there is room for,
        // and only those that it wrote are claimed.
        let got = unsafe {
            let room = to.as_mut();
            let at = room.as_mut_ptr().cast();
            let got = libc::read(self.file.as_raw_fd(), at, room.len());
            to.advance(got.max(0) as usize);
            got
        };
        Poll::Ready(if got < 0 {
            Err(Error::last_os_error())
        } else {
            Ok(())
        })
    }
}

impl Write for Replay {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<Result<usize>> {
        self.is_asked = true;
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}

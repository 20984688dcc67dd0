module drydock/bench

go 1.24

require github.com/moby/moby/api v1.54.2

# Debian's own packages, found the same way on Debian 12 and 13; ci/setup
# installs them.
find_package(PkgConfig REQUIRED)
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl>=3.0)
find_package(Threads REQUIRED)

# dexec::warnings: the house's warnings. They are errors in the presets that
# set CMAKE_COMPILE_WARNING_AS_ERROR, never in a user's release build.
add_library(dexec_warnings INTERFACE)
add_library(dexec::warnings ALIAS dexec_warnings)
target_compile_options(dexec_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
    -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wundef -Wformat=2
    -Wvla -Wwrite-strings -Wcast-qual -Wimplicit-fallthrough)

# Whole-tree instrumentation, chosen by the preset.
set(DRYDOCK_SANITIZE "" CACHE STRING "Comma-separated list for -fsanitize=")
option(DRYDOCK_COVERAGE "Instrument for gcov" OFF)

if(DRYDOCK_SANITIZE)
    add_compile_options(-fsanitize=${DRYDOCK_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${DRYDOCK_SANITIZE})
endif()
if(DRYDOCK_COVERAGE)
    add_compile_options(--coverage -fprofile-abs-path)
    add_link_options(--coverage)
endif()
if(DRYDOCK_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link) # coverage for libFuzzer
endif()

# add_unit_test(NAME LIBRARY...) builds test_NAME.c as a cmocka program and
# registers it as unit.NAME. CMOCKA_TEST_ABORT keeps cmocka from swallowing
# the signal of a crash, which the sanitizers should report.
function(add_unit_test name)
    add_executable(test_${name} test_${name}.c)
    target_link_libraries(test_${name} PRIVATE ${ARGN} dexec::warnings cmocka)
    target_compile_definitions(test_${name} PRIVATE _POSIX_C_SOURCE=200809L)
    add_test(NAME unit.${name} COMMAND test_${name})
    set_tests_properties(unit.${name} PROPERTIES
        TIMEOUT 60 LABELS unit ENVIRONMENT CMOCKA_TEST_ABORT=1)
endfunction()

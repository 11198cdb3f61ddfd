/*
 * Options of the sanitizers, which eyrie-init cannot read from its empty environment. Leaks are not
 * looked for: these programs end when their work does.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0:abort_on_error=1:handle_segv=0";
}

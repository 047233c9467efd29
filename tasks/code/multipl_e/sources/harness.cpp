// What C++ tests ask. Without headers, which take longer to read than the rest.
extern "C" int dprintf(int, const char*, ...);
extern "C" long write(int, const void*, unsigned long);

extern "C" void HARNESS_check(bool held) {
    static int number = 0;
    ++number;
    if (held) return;
    dprintf(2, "test %d failed\n", number);
    __builtin_trap();  // unlike abort() it cannot be replaced
}

extern "C" void HARNESS_end() {
    unsigned char mark[] = {MARK};
    for (unsigned char& each : mark) --each;
    if (write(1, mark, sizeof mark) < 0) __builtin_trap();
}

/* eyrie_terminal_save and eyrie_terminal_restore: see border.h. */
#include <errno.h>
#include <signal.h>
#include <termios.h>

#include "border.h"

_Static_assert(sizeof(struct termios) <= 128, "a terminal's state is larger than border.h says");

int eyrie_terminal_save(int terminal, void *state) {
    return tcgetattr(terminal, state) == 0 ? 0 : -errno;
}

int eyrie_terminal_restore(int terminal, const void *state) {
    sigset_t stop;
    sigset_t before;
    /* In the background a change of the terminal would stop us. */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before);
    int result = tcsetattr(terminal, TCSANOW, state) == 0 ? 0 : -errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

/* Init's life beside the job. */
#ifndef EYRIE_SERVE_H
#define EYRIE_SERVE_H

#include "init.h"

/*
 * Reaps, obeys the control pipe, and when the job's main process ends or the starter is gone, kills
 * what is left; then tells how the job ended. Gives init's exit status.
 */
int serve(struct init *init);

#endif

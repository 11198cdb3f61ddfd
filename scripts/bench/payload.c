/*
 * The benchmark's job, static so that it runs in an empty root: `true` when called without
 * arguments, else it sleeps for as many seconds as its argument says.
 */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1) sleep((unsigned)atoi(argv[1]));
  return 0;
}

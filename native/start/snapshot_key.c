/*
 * Prints the key in the name of a start-up snapshot, PROGRAM.KEY.snapshot, for scripts/build:
 *
 *   snapshot-key NODE BUNDLE
 */
#include "snapshot_key.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv) {
  struct stat files[2];
  if (argc != 3) {
    fprintf(stderr, "usage: snapshot-key NODE BUNDLE\n");
    return 2;
  }
  for (int i = 0; i < 2; i++)
    if (stat(argv[i + 1], &files[i]) < 0) {
      perror(argv[i + 1]);
      return 1;
    }
  printf("%016" PRIx64 "\n", snapshot_key(&files[0], &files[1]));
  return 0;
}

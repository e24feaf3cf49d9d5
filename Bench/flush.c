// A disk whose flush always takes as long: LD_PRELOAD it, with FLUSH_MICROSECONDS, to compare programs on a
// machine whose disk others write to. It loses everything with the power, as any file in memory does.

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static int flush(void) {
  const char *text = getenv("FLUSH_MICROSECONDS");
  struct timespec time = {0, (text ? atol(text) : 200) * 1000};
  prctl(PR_SET_TIMERSLACK, 1000UL);
  return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

int fdatasync(int file) { return (void)file, flush(); }
int fsync(int file) { return (void)file, flush(); }

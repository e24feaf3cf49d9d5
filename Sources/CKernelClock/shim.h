#ifndef ROGATORY_CKERNELCLOCK_H
#define ROGATORY_CKERNELCLOCK_H

#include <string.h>
#include <sys/timex.h>

// What the kernel knows of its clock; Swift's Glibc module has no <sys/timex.h>.
typedef struct {
  int synchronised;
  long long offset_microseconds;
  long long error_milliseconds;
} kernel_clock;

// Reads and changes nothing (modes is 0). Returns 0 when the system refuses even that.
static inline int kernel_clock_read(kernel_clock *clock) {
  struct timex time;
  memset(&time, 0, sizeof time);
  int state = adjtimex(&time);
  if (state < 0) return 0;
  clock->synchronised = state != TIME_ERROR && !(time.status & STA_UNSYNC);
  clock->offset_microseconds = time.status & STA_NANO ? time.offset / 1000 : time.offset;
  clock->error_milliseconds = (time.maxerror + 999) / 1000;
  return 1;
}

#endif

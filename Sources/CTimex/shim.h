#ifndef ROGATORY_CTIMEX_H
#define ROGATORY_CTIMEX_H

// What the kernel says of its clock. Swift's module of the C library leaves this header out.
#include <sys/timex.h>

#endif

#pragma once

// What a thread backend must offer to threads.cpp; nobody else includes this.

namespace ravine::threads::backend {

extern const char* const name;

// Calls work(context, worker) for worker = 0 .. threads-1, worker 0 on the calling thread, and returns when all are
// done. Fewer workers than asked may run: every task is handed out by a counter, so the work is done all the same.
void fork_join(int threads, void (*work)(void* context, int worker), void* context);

// Whether this process was forked after its parent had started threads: they do not exist here.
bool forked_after_start();

// To be called before the first thread is started.
void note_start();

void sleep_milliseconds(int count);

// By affinity mask and container quota, at least 1.
int usable_cores();

}  // namespace ravine::threads::backend

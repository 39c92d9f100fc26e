import koffi from "koffi";
import { SystemError } from "./errno.js";

/**
 * The C library's functions that the files of this folder call, each declared once. Nothing outside sys/ sees them.
 *
 * `uintptr_t` is given and taken as number or bigint; `void *` takes a Buffer, whose bytes the function reads or writes
 * in place.
 */
const library = koffi.load(null);

export const libc = {
  open: library.func("int open(const char *path, int flags, int mode)"),
  close: library.func("int close(int fd)"),
  flock: library.func("int flock(int fd, int operation)"),
  fcntl: library.func("int fcntl(int fd, int command, int value)"),
  ioctl: library.func("int ioctl(int fd, ulong request, ...)"),
  mmap: library.func(
    "uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)",
  ),
  munmap: library.func("int munmap(uintptr_t address, size_t length)"),

  socket: library.func("int socket(int domain, int type, int protocol)"),
  bind: library.func("int bind(int fd, void *address, uint length)"),
  connect: library.func("int connect(int fd, void *address, uint length)"),
  listen: library.func("int listen(int fd, int backlog)"),
  getsockname: library.func("int getsockname(int fd, void *address, void *length)"),
  sendto: library.func(
    "long sendto(int fd, void *bytes, size_t length, int flags, void *address, uint addressLength)",
  ),
  recvfrom: library.func(
    "long recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *addressLength)",
  ),
  sendmsg: library.func("long sendmsg(int fd, void *message, int flags)"),
  recvmsg: library.func("long recvmsg(int fd, void *message, int flags)"),
  getsockopt: library.func("int getsockopt(int fd, int level, int name, void *value, void *length)"),
  setsockopt: library.func("int setsockopt(int fd, int level, int name, void *value, uint length)"),

  epollCreate: library.func("int epoll_create1(int flags)"),
  epollControl: library.func("int epoll_ctl(int epoll, int operation, int fd, void *event)"),
  epollWait: library.func("int epoll_wait(int epoll, void *events, int max, int timeout)"),

  setns: library.func("int setns(int fd, int type)"),
  unshare: library.func("int unshare(int flags)"),
  mount: library.func("int mount(str source, str target, str type, ulong flags, str data)"),
  umount2: library.func("int umount2(const char *target, int flags)"),
  statfs: library.func("int statfs(const char *path, void *result)"),
  fchdir: library.func("int fchdir(int fd)"),

  prctl: library.func("int prctl(int option, ulong value, ulong, ulong, ulong)"),
  execve: library.func("int execve(const char *path, void *argv, void *envp)"),
  signal: library.func("uintptr_t signal(int number, uintptr_t handler)"),
  kill: library.func("int kill(int pid, int signal)"),

  mkfifo: library.func("int mkfifo(const char *path, uint mode)"),
  schedSetScheduler: library.func("int sched_setscheduler(int pid, int policy, void *parameter)"),
  schedSetAffinity: library.func("int sched_setaffinity(int pid, size_t length, void *mask)"),
  mlockall: library.func("int mlockall(int flags)"),
  setrlimit: library.func("int setrlimit(int resource, void *limit)"),
};

/** bpf(2) has no function in the C library: syscall(2) takes its number. */
export const bpfSyscall = library.func("syscall", "long", ["long", "int", "void *", "uint"]);

/** The errno that the last call of this thread left. Read it before anything else is called. */
export function lastErrno(): number {
  return koffi.errno();
}

/** `result`, unless it is negative: then the failure of `call`, whose errno must still be the last one. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, koffi.errno());
  return result;
}

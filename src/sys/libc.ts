import { SystemError } from "./errno.js";
import { declared, foreign } from "./foreign.js";

/**
 * The C library's functions that the files of this folder call, each declared once. Nothing outside sys/ sees them.
 *
 * `uintptr_t` is given and taken as number or bigint; `void *` takes a Buffer, whose bytes the function reads or writes
 * in place.
 */
export const libc = declared({
  open: "int open(const char *path, int flags, int mode)",
  close: "int close(int fd)",
  flock: "int flock(int fd, int operation)",
  fcntl: "int fcntl(int fd, int command, int value)",
  ioctl: "int ioctl(int fd, ulong request, ...)",
  mmap: "uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)",
  memfdCreate: "int memfd_create(const char *name, uint flags)",
  munmap: "int munmap(uintptr_t address, size_t length)",

  socket: "int socket(int domain, int type, int protocol)",
  bind: "int bind(int fd, void *address, uint length)",
  connect: "int connect(int fd, void *address, uint length)",
  listen: "int listen(int fd, int backlog)",
  getsockname: "int getsockname(int fd, void *address, void *length)",
  sendto: "long sendto(int fd, void *bytes, size_t length, int flags, void *address, uint addressLength)",
  recvfrom:
    "long recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *addressLength)",
  send: "long send(int fd, void *bytes, size_t length, int flags)",
  recv: "long recv(int fd, void *bytes, size_t length, int flags)",
  accept4: "int accept4(int fd, void *address, void *length, int flags)",
  getpeername: "int getpeername(int fd, void *address, void *length)",
  shutdown: "int shutdown(int fd, int how)",
  sendmsg: "long sendmsg(int fd, void *message, int flags)",
  recvmsg: "long recvmsg(int fd, void *message, int flags)",
  getsockopt: "int getsockopt(int fd, int level, int name, void *value, void *length)",
  setsockopt: "int setsockopt(int fd, int level, int name, void *value, uint length)",

  epollCreate: "int epoll_create1(int flags)",
  epollControl: "int epoll_ctl(int epoll, int operation, int fd, void *event)",
  epollWait: "int epoll_wait(int epoll, void *events, int max, int timeout)",

  setns: "int setns(int fd, int type)",
  unshare: "int unshare(int flags)",
  mount: "int mount(str source, str target, str type, ulong flags, str data)",
  umount2: "int umount2(const char *target, int flags)",
  statfs: "int statfs(const char *path, void *result)",
  fchdir: "int fchdir(int fd)",
  chdir: "int chdir(const char *path)",
  chroot: "int chroot(const char *path)",

  prctl: "int prctl(int option, ulong value, ulong, ulong, ulong)",
  execve: "int execve(const char *path, void *argv, void *envp)",
  signal: "uintptr_t signal(int number, uintptr_t handler)",
  kill: "int kill(int pid, int signal)",

  sysconf: "long sysconf(int name)",

  mkfifo: "int mkfifo(const char *path, uint mode)",
  schedSetScheduler: "int sched_setscheduler(int pid, int policy, void *parameter)",
  schedSetAffinity: "int sched_setaffinity(int pid, size_t length, void *mask)",
  mlockall: "int mlockall(int flags)",
  setrlimit: "int setrlimit(int resource, void *limit)",
  getrlimit: "int getrlimit(int resource, void *limit)",

  /** The C library has none of io_setup(2) and its kin. */
  ioSetup: "long syscall(long number, uint most, void *context)",
  ioSubmit: "long syscall(long number, uint64_t context, long count, void *pointers)",
  ioGetEvents:
    "long syscall(long number, uint64_t context, long least, long most, void *events, void *timeout)",

  /** bpf(2) and membarrier(2) have no function of their own. */
  syscall: "long syscall(long number, int command, void *attributes, uint size)",
});

/** The errno that the last call of this thread left. Read it before anything else is called. */
export function lastErrno(): number {
  return foreign().errno();
}

/** `result`, unless it is negative: then the failure of `call`, whose errno must still be the last one. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, foreign().errno());
  return result;
}

/** The functions of libc that we call, as node:ffi wants them described. Each is called by a test. */
// size_t and ssize_t are 64 bits wide on every machine let in above; socklen_t is 32.
export const signatures = {
  __errno_location: { arguments: [], return: 'pointer' },

  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  socketpair: { arguments: ['i32', 'i32', 'i32', 'pointer'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  listen: { arguments: ['i32', 'i32'], return: 'i32' },
  connect: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  getsockname: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'pointer', 'u64', 'i32'], return: 'i64' },
  sendfile: { arguments: ['i32', 'i32', 'pointer', 'u64'], return: 'i64' },
  sendmsg: { arguments: ['i32', 'pointer', 'i32'], return: 'i64' },
  recvmsg: { arguments: ['i32', 'pointer', 'i32'], return: 'i64' },
  inet_pton: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  inet_ntop: { arguments: ['i32', 'pointer', 'pointer', 'u32'], return: 'pointer' },

  // Variadic in C; an int in the third place is passed alike on Linux's x86-64 and arm64.
  fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  pipe2: { arguments: ['pointer', 'i32'], return: 'i32' },
  read: { arguments: ['i32', 'pointer', 'u64'], return: 'i64' },
  poll: { arguments: ['pointer', 'u64', 'i32'], return: 'i32' },

  setitimer: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  // Variadic in C as well: all that may follow is given, as long as a pointer.
  prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
  setpriority: { arguments: ['i32', 'u32', 'i32'], return: 'i32' },
  prlimit: { arguments: ['i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
  waitpid: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
  waitid: { arguments: ['i32', 'u32', 'pointer', 'i32'], return: 'i32' },
  posix_spawn: { arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer'], return: 'i32' },
  posix_spawn_file_actions_init: { arguments: ['pointer'], return: 'i32' },
  posix_spawn_file_actions_adddup2: { arguments: ['pointer', 'i32', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addchdir_np: { arguments: ['pointer', 'pointer'], return: 'i32' },
  posix_spawn_file_actions_destroy: { arguments: ['pointer'], return: 'i32' },
  posix_spawnattr_init: { arguments: ['pointer'], return: 'i32' },
  posix_spawnattr_setflags: { arguments: ['pointer', 'i16'], return: 'i32' },
  posix_spawnattr_setsigmask: { arguments: ['pointer', 'pointer'], return: 'i32' },
  posix_spawnattr_setsigdefault: { arguments: ['pointer', 'pointer'], return: 'i32' },
} as const;

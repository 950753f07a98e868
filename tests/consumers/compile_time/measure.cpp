// measure <command> [argument]...: runs the command, then prints what the command and its children took: user time in
// seconds and peak memory in MB. Exits as the command does.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main(int, char** argv) {
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 126;
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
#ifdef __APPLE__
  const double peak = static_cast<double>(used.ru_maxrss) / 1e6;  // bytes there
#else
  const double peak = static_cast<double>(used.ru_maxrss) / 1e3;
#endif
  const double seconds =
      static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) / 1e6;
  std::printf("%.3f %.0f\n", seconds, peak);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

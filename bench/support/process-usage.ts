import { readdirSync, readFileSync } from 'node:fs';

/** User and system time of a process with all its threads, in milliseconds, from the operating system. */
export function cpuMs(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  let nanoseconds = 0;
  for (const thread of readdirSync(tasks)) {
    // The first number is what the thread spent on a CPU (proc(5)); `stat` counts in ticks of 10 ms.
    nanoseconds += Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
  }
  return nanoseconds / 1e6;
}

/** As `cpuMs`, but in ticks of 10 ms, of a process and its children, those that ended and were waited for included: a PostgreSQL, by its postmaster. */
export function familyCpuMs(pid: number): number {
  const { own, ended } = times(pid);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => timesOrNone(Number(name)))
    .filter((child) => child?.parent === pid);
  return children.reduce((sum, child) => sum + (child?.own ?? 0), own + ended);
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

interface Times {
  parent: number;
  own: number;
  ended: number;
}

function times(pid: number): Times {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // After the name in parentheses, `man 5 proc_pid_stat` field 3 onwards, in clock ticks of 10 ms.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11);
  return { parent, own: (utime + stime) * 10, ended: (cutime + cstime) * 10 };
}

function timesOrNone(pid: number): Times | undefined {
  try {
    return times(pid);
  } catch {
    // It ended in the meantime.
    return undefined;
  }
}

/**
 * What the log may hold of an unexpected error: its name, its code and where it was thrown. Never its message, which
 * may quote a variable, a host or a row.
 */
export function describeFailure(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, error_code: code, at: frames.slice(0, 8).map((line) => line.trim()) };
}

/** Which of the process's two HTTP servers took a request. */
export type ListenerName = 'public' | 'operator';

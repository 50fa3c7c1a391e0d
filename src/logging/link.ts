/** An open way to where lines go. Nothing here blocks or throws. */
export interface Link {
  /**
   * Hands lines over, in order; the sink waits for `done` before it sends more. With an error, `sent` says how many of the
   * lines went out whole, and the link is closed by the sink.
   */
  send(lines: readonly string[], done: (error: Error | null, sent: number) => void): void;
  /** On the way out of the process: what is still in hand and these lines, as far as they go without waiting. */
  sendNow(lines: readonly string[]): void;
  close(): void;
}

export interface LinkListener {
  opened(link: Link): void;
  /** It could not be opened, or what was open is broken. */
  broke(error: Error): void;
}

/** Opens a link, now or later. Returns the function that gives up the attempt. */
export type OpenLink = (listener: LinkListener) => () => void;

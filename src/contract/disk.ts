/** What services that write files by themselves have in common with all else that does. */
export interface Disk {
  /** Makes a folder and those above it, where there are none; `mode` is of all that are made, by default what the umask leaves. */
  makeFolders(path: string, mode?: number): Promise<void>;
  /** Resolves when names that are new in that folder, or gone, are so whatever happens to the machine. */
  syncFolder(path: string): Promise<void>;
  /** The room where that folder is, of which `daemon.spool_free` stays free; one for all who ask for the same folder. */
  space(folder: string): DiskSpace;
  /** Tells this process from all others since the machine was started: "PID-START", for names of files that are not whole yet. */
  readonly ownMark: string;
  /** For what the process of that mark has left behind, nobody will come any more. */
  isGone(mark: string): boolean;
}

/** Keeps some of the disk free, so that what is underway can be brought to its end. */
export interface DiskSpace {
  /** Throws a NoSpaceError where so many bytes more would be too many. They are kept for who took them until one of these: */
  take(bytes: number): Promise<void>;
  /** So many of those taken are on the disk now. */
  wrote(bytes: number): void;
  /** So many of those taken will not come. */
  giveBack(bytes: number): void;
}

/** Keeps artifacts under keys like `workflow/pod/name.tgz`. Files and directories alike. */
export interface ArtifactStore {
  /** Stores the file or directory at `path`. Replaces what was there, all or nothing. */
  put(key: string, path: string): Promise<void>
  /** Copies what is stored to `path`. False where nothing is. */
  get(key: string, path: string): Promise<boolean>
  /** Keys of files that start with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>
  /** False where there was nothing to delete. */
  delete(key: string): Promise<boolean>
}

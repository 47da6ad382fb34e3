/** Where repositories are read: resolves a revision to a commit, and hands out the files of a commit. */
export interface RepositorySource {
  /** The commit id that a branch, tag, id or `HEAD` means now. Rejects with an `OperationError`. */
  resolve(url: string, revision: string): Promise<string>
  /** A directory that holds the files of that commit; the caller only reads. Rejects with an `OperationError`. */
  checkout(url: string, commit: string): Promise<string>
}

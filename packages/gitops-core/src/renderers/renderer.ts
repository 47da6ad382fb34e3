import type { Issue, Result, UntypedObject } from "@argo-ts/kernel"
import type { ApplicationSource } from "../api/source.js"

/** Turns the files of a source into desired objects. */
export interface Renderer {
  /** `directory` is the root of the checkout; nothing outside it is read. Issues name file and line. */
  render(
    directory: string,
    source: ApplicationSource,
  ): Promise<Result<readonly UntypedObject[], Issue>>
}

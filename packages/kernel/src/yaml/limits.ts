/** How much a YAML text may ask for. Every bound is checked before the work it bounds is done. */
export interface YamlLimits {
  /** UTF-16 code units of text. Default 10,485,760: Argo CD's cap for a directory of manifests. */
  readonly charactersMax: number
  /** Nested collections. Default 100. */
  readonly depthMax: number
  /** Aliases (`*name`) in one text. Default 1,000. */
  readonly aliasesMax: number
  /** Values in one text after every alias is replaced by what it stands for. Default 2,000,000. */
  readonly nodesMax: number
  /** Documents in one text. Default 10,000. */
  readonly documentsMax: number
}

/** The bounds used where a caller names none. */
export const defaultYamlLimits: YamlLimits = {
  charactersMax: 10 * 1024 * 1024,
  depthMax: 100,
  aliasesMax: 1000,
  nodesMax: 2_000_000,
  documentsMax: 10_000,
}

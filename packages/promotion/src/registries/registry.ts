/** One tag of an image repository, looked up. */
export interface RegistryImage {
  /** Digest of what the tag names: of the index where there are several platforms. */
  readonly digest: string
  readonly annotations?: { readonly [key: string]: string }
  /** RFC 3339: when it was built, as far as the image tells. */
  readonly createdAt?: string
}

/** Where an image runs: `linux/amd64`, `linux/arm/v7`. */
export type Platform = string

/** Where Warehouses find images. Rejects with an `OperationError` where the registry does not answer. */
export interface Registry {
  /** Every tag of a repository (`registry.example.com/shop`), in any order. */
  tags(repository: string): Promise<readonly string[]>
  /** What a tag names; undefined where it does not exist, or not for a platform that is asked for. */
  image(
    repository: string,
    tag: string,
    platform: Platform | undefined,
  ): Promise<RegistryImage | undefined>
}

/** What a README's example printed, and what its last comment lines say that it prints. */
export interface ReadmeExample {
  readonly printed: readonly string[]
  readonly promised: readonly string[]
}

/** Runs `readme-example.ts` beside the test; throws where the README shows another program. */
export function runReadmeExample(
  testUrl: string,
  load: () => Promise<unknown>,
): Promise<ReadmeExample>

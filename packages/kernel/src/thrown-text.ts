/** What is said of something that was thrown: an error's message; of anything else, it as a text. */
export function thrownText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

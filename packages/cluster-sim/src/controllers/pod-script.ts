/** How pods behave. */
export interface PodScripts {
  readonly placeholder?: never
}

/**
 * Template tags: `{{name}}` and `{{=expression}}` of Workflows, `{{args.name}}` of Rollouts, `{{name}}` of ApplicationSet.
 *
 * @packageDocumentation
 */
export { nestedScope, type TagScope } from "./environment.js"
export { compilePlainTags, type PlainTagOptions, type TextScope } from "./plain.js"
export { type Piece, splitTags } from "./split.js"
export {
  compileTags,
  replaceTags,
  type TagOptions,
  type TagsProgram,
  type UnresolvedTags,
} from "./workflows.js"

import type { ServerResponse } from "node:http"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"

/** Stored objects never change: their bytes in a list are kept for as long as they are. */
const listed = new WeakMap<object, readonly Buffer[]>()

/** A part that the object before had at the same place: what was made from one template shares its parts. */
interface Part {
  readonly value: object
  readonly text: string
  /** Its bytes, once a second object has it. */
  bytes?: Buffer
}

/** The latest part at each place. */
type LatestParts = Map<string, Part>

/** Shorter parts are written anew: a piece of their own would cost more. */
const pieceMin = 128

/** An object as it is written: pieces, of which other objects have some too, and a text that is to become one. */
interface Writing {
  readonly pieces: Buffer[]
  readonly latest: LatestParts
  text: string
}

function endPiece(writing: Writing): void {
  if (writing.text !== "") writing.pieces.push(Buffer.from(writing.text))
  writing.text = ""
}

function writePart(writing: Writing, place: string, value: JsonValue): void {
  if (typeof value !== "object" || value === null) {
    writing.text += JSON.stringify(value)
    return
  }
  const known = writing.latest.get(place)
  if (known?.value !== value) {
    const text = JSON.stringify(value)
    writing.latest.set(place, { value, text })
    writing.text += text
  } else if (known.text.length < pieceMin) writing.text += known.text
  else {
    known.bytes ??= Buffer.from(known.text)
    endPiece(writing)
    writing.pieces.push(known.bytes)
  }
}

/** Writes the fields of a record one by one. */
function writeRecord(
  writing: Writing,
  record: JsonObject,
  write: (name: string, value: JsonValue) => void,
): void {
  let mark = "{"
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (value === undefined) continue
    writing.text += `${mark}${JSON.stringify(name)}:`
    mark = ","
    write(name, value)
  }
  writing.text += mark === "{" ? "{}" : "}"
}

/** Who owns which fields: of objects of one template the fields of the spec are the same ones. */
function writeManaged(writing: Writing, entries: readonly JsonObject[]): void {
  for (const [index, entry] of entries.entries()) {
    writing.text += index === 0 ? "[" : ","
    writeRecord(writing, entry, (name, value) => {
      if (name !== "fieldsV1" || !isJsonObject(value)) writing.text += JSON.stringify(value)
      else
        writeRecord(writing, value, (field, part) => writePart(writing, `${index}/${field}`, part))
    })
  }
  writing.text += entries.length === 0 ? "[]" : "]"
}

function writeMetadata(writing: Writing, metadata: JsonObject): void {
  const { managedFields } = metadata
  if (!Array.isArray(managedFields)) {
    writing.text += JSON.stringify(metadata)
    return
  }
  writeRecord(writing, metadata, (name, value) => {
    if (name === "managedFields") writeManaged(writing, managedFields as readonly JsonObject[])
    else writing.text += JSON.stringify(value)
  })
}

/** An object of a list; of a built-in kind without kind and version, which the list has. */
function piecesOf(item: JsonObject, isCustom: boolean, latest: LatestParts): readonly Buffer[] {
  const known = listed.get(item)
  if (known !== undefined) return known
  const { apiVersion: _version, kind: _kind, ...fields } = item
  const writing: Writing = { pieces: [], latest, text: "" }
  writeRecord(writing, isCustom ? item : fields, (name, value) => {
    if (name === "metadata" && isJsonObject(value)) writeMetadata(writing, value)
    else writePart(writing, name, value)
  })
  endPiece(writing)
  // What may still change is no object of the store.
  if (Object.isFrozen(item)) listed.set(item, writing.pieces)
  return writing.pieces
}

const comma = Buffer.from(",")

/**
 * Answers with a list, its items as they are stored. A list of custom objects says of its last page that none follows, and
 * of each object what it is.
 */
export function answerList(
  response: ServerResponse,
  code: number,
  { list, isCustom }: { readonly list: JsonObject; readonly isCustom: boolean },
): void {
  const { items, metadata, ...rest } = list
  const page = isCustom ? { continue: "", ...(metadata as JsonObject) } : metadata
  const head = { ...rest, metadata: page }
  const latest: LatestParts = new Map()
  const pieces: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)]
  for (const [index, item] of (items as readonly JsonObject[]).entries()) {
    if (index > 0) pieces.push(comma)
    for (const piece of piecesOf(item, isCustom, latest)) pieces.push(piece)
  }
  pieces.push(Buffer.from("]}"))
  // One body, copied together: a text of this size would be measured and encoded anew each time.
  const body = Buffer.concat(pieces)
  response.writeHead(code, { "content-type": "application/json" }).end(body)
}

import { isJsonObject, type JsonValue } from "@argo-ts/kernel"

/** Lists whose elements are told apart by one of their fields; other lists are replaced as a whole. */
const listKeys: ReadonlyMap<string, string> = new Map([
  ["parameters", "name"],
  ["artifacts", "name"],
  ["volumes", "name"],
  ["imagePullSecrets", "name"],
  ["sidecars", "name"],
  ["initContainers", "name"],
  ["env", "name"],
  ["hostAliases", "ip"],
  ["tolerations", "key"],
  ["volumeMounts", "mountPath"],
  ["volumeDevices", "devicePath"],
  ["ports", "containerPort"],
])

/** Fields of which an object has one: where `above` has one, those that `below` has in its place do not count. */
const alternatives: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["parameters", new Set(["value", "valueFrom"])],
  [
    "valueFrom",
    new Set(
      "path parameter expression supplied configMapKeyRef jsonPath jqFilter event".split(" "),
    ),
  ],
  [
    "artifacts",
    new Set("from fromExpression raw s3 git http gcs azure oss hdfs artifactory plugin".split(" ")),
  ],
])

/** Fields whose entries are taken whole, not mixed. */
const wholeEntries: ReadonlySet<string> = new Set(["hooks", "labelsFrom"])

/**
 * What `below` adds to `above` (spec/workflows §2.20): objects are merged, so are lists whose elements have a key, and
 * everything that `above` says wins.
 */
export function mergeOver(below: JsonValue, above: JsonValue, field = ""): JsonValue {
  if (Array.isArray(below) && Array.isArray(above)) return mergeLists(below, above, field)
  if (!isJsonObject(below) || !isJsonObject(above)) return above
  const merged = Object.assign(Object.create(null), below) as { [key: string]: JsonValue }
  const ones = alternatives.get(field)
  if (ones !== undefined && Object.keys(above).some((key) => ones.has(key))) {
    for (const key of ones) if (above[key] === undefined) delete merged[key]
  }
  for (const key of Object.keys(above)) {
    const value = above[key]
    const other = merged[key]
    if (value === undefined) continue
    const isWhole = other === undefined || wholeEntries.has(field)
    merged[key] = isWhole ? value : mergeOver(other, value, key)
  }
  return merged
}

function mergeLists(
  below: readonly JsonValue[],
  above: readonly JsonValue[],
  field: string,
): JsonValue {
  const key = listKeys.get(field)
  if (key === undefined) return above
  const idOf = (element: JsonValue): JsonValue | undefined =>
    isJsonObject(element) ? element[key] : undefined
  if (above.some((element) => idOf(element) === undefined)) return above
  const merged = new Map<JsonValue | undefined, JsonValue>()
  for (const element of below) merged.set(idOf(element), element)
  for (const element of above) {
    const id = idOf(element)
    const other = merged.get(id)
    merged.set(id, other === undefined ? element : mergeOver(other, element, field))
  }
  return [...merged.values()]
}

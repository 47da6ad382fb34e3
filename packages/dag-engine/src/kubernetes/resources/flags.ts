/** What `resource.flags` say, as far as they mean something without kubectl. */
export interface ResourceFlags {
  /** `pod`, `pods` or `pods.v1.group`. */
  readonly type?: string
  readonly name?: string
  readonly namespace?: string
  /** A label selector: every object that it matches. */
  readonly selector?: string
  /** Deleting what is not there is a success. */
  readonly isLenient: boolean
}

/** Flags that ask for what is done anyway, or is no business of ours. */
const ignored = /^--(validate|wait|force|server-side|record|output|overwrite|now)(=.*)?$|^-o/

const withValue: { readonly [flag: string]: "namespace" | "selector" } = {
  "-n": "namespace",
  "--namespace": "namespace",
  "-l": "selector",
  "--selector": "selector",
}

/** Reads the flags of a resource template; a text says which of them is not understood. */
export function readFlags(flags: readonly string[]): ResourceFlags | string {
  const words: string[] = []
  const values: { namespace?: string; selector?: string } = {}
  let isLenient = false
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] as string
    const [name = "", given] = splitFlag(flag)
    const field = withValue[name]
    if (field !== undefined) values[field] = given ?? flags[++index] ?? ""
    else if (flag === "--ignore-not-found" || flag === "--ignore-not-found=true") isLenient = true
    else if (!flag.startsWith("-")) words.push(...flag.split("/"))
    else if (!ignored.test(flag)) {
      return `resource.flags: expected a kind, a name, -n, -l or --ignore-not-found, found ${JSON.stringify(flag)}`
    }
  }
  const [type, name] = words
  return {
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...values,
    isLenient,
  }
}

function splitFlag(flag: string): readonly [string, string?] {
  const at = flag.indexOf("=")
  return at < 0 ? [flag] : [flag.slice(0, at), flag.slice(at + 1)]
}

/** Who asks, as Kubernetes tells it apart. */
export interface UserInfo {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: { readonly [key: string]: readonly string[] }
}

/** The group that may do everything. */
export const mastersGroup = "system:masters"

/** Who a program on this machine is where nobody is asked: the administrator. */
export const administrator: UserInfo = {
  username: "system:admin",
  groups: [mastersGroup, "system:authenticated"],
}

/** Who asks without saying who they are. */
export const anonymous: UserInfo = {
  username: "system:anonymous",
  groups: ["system:unauthenticated"],
}

/** A user with the groups that everybody who said who they are is in. */
export function authenticated(user: UserInfo): UserInfo {
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user.username)
  const own =
    account === null ? [] : ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`]
  return { ...user, groups: [...new Set([...user.groups, ...own, "system:authenticated"])] }
}

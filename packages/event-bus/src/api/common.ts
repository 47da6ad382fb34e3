import type { Condition } from "@argo-ts/kernel"

/** A key of a Secret in the object's namespace. */
export interface SecretKeySelector {
  readonly name: string
  readonly key: string
  /** True where a missing Secret or key is no error. Default false. */
  readonly optional?: boolean
}

/** A key of a ConfigMap in the object's namespace. */
export interface ConfigMapKeySelector {
  readonly name: string
  readonly key: string
  /** True where a missing ConfigMap or key is no error. Default false. */
  readonly optional?: boolean
}

/** A value kept elsewhere: exactly one of the two. */
export interface ValueFromSource {
  readonly secretKeyRef?: SecretKeySelector
  readonly configMapKeyRef?: ConfigMapKeySelector
}

/** User name and password, each from a Secret; both are required. */
export interface BasicAuth {
  readonly username?: SecretKeySelector
  readonly password?: SecretKeySelector
}

/** Certificates of a TLS client. Valid with `insecureSkipVerify`, a CA, or certificate and key. */
export interface TLSConfig {
  readonly caCertSecret?: SecretKeySelector
  readonly clientCertSecret?: SecretKeySelector
  readonly clientKeySecret?: SecretKeySelector
  /** Default false. */
  readonly insecureSkipVerify?: boolean
  /** Deprecated upstream: present means enabled. */
  readonly enabled?: boolean
}

/** How often and how long apart something is tried again. */
export interface Backoff {
  /** A Go duration (`"1m30s"`), or a number of **nanoseconds**. Default 1s. */
  readonly duration?: string | number
  /** Each wait is so many times the one before; number or numeric text. Default 1. */
  readonly factor?: string | number
  /** Each wait grows by a random share of up to so much; number or numeric text. Default 1. */
  readonly jitter?: string | number
  /** Attempts in all. 0 or absent: 5. */
  readonly steps?: number
}

/** The pod that upstream runs the object in. Kept, without effect: here no pod runs. */
export interface PodTemplate {
  readonly [field: string]: unknown
}

/** `status` of an object that only has conditions. */
export interface ConditionsStatus {
  readonly conditions?: readonly Condition[]
}

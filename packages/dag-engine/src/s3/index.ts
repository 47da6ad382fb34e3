/**
 * Artifacts in S3 and whatever speaks it, by the optional peer `@aws-sdk/client-s3`.
 *
 * @packageDocumentation
 */
export { type S3StoreOptions, s3ArtifactStore, s3Artifacts } from "./artifacts.js"
export type { S3CredentialProvider, S3Credentials, S3Options } from "./client.js"

export { rowsFrom } from '../rows/rows-from.ts'
export type { Coordinates, ValueFor } from './asked.ts'
export { type Country, type CountryOptions, countryOf, type ValueKey } from './country/index.ts'
export {
  type ByteSource,
  type ByteSourceLike,
  type CredentialOptions,
  type Credentials,
  type DataOptions,
  demoBearer,
  demoToken,
  type Encoding,
  type MetadataObject,
  type MetadataTables,
  type Misbehaviour,
  type RecordedRequest,
  type StandIn,
  type StandInOptions,
  type Step,
  startDhis2,
} from './dhis2-server.ts'

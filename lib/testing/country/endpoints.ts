import { type Endpoint, gridFormats } from '../api.ts'
import { byteSource } from '../byte-source.ts'
import { metadataList } from '../metadata-lists.ts'
import { gridText } from './grid-text.ts'
import type { Country } from './index.ts'
import { metadataOf } from './metadata.ts'
import { isRefusal } from './question.ts'
import { systemInfo } from './system-info.ts'

/** The endpoints of a server that answers from a country. */
export function countryEndpoints(country: Country): Endpoint[] {
  const { model } = country
  const metadata = metadataOf(model)
  return [
    {
      path: /^analytics$/,
      formats: gridFormats,
      refusesWith200: true,
      answer({ query, format }) {
        const answer = country.analytics(query)
        return isRefusal(answer) ? answer : gridText(answer, format)
      },
    },
    ...Object.entries(metadata).map(
      ([plural, objects]): Endpoint => ({
        path: new RegExp(`^${plural}$`),
        formats: ['json'],
        answer: ({ query, baseUrl }) => metadataList(plural, objects, query, baseUrl),
      }),
    ),
    {
      path: /^system\/info$/,
      formats: ['json'],
      answer: ({ baseUrl }) => byteSource(JSON.stringify(systemInfo(model, baseUrl))),
    },
  ]
}

/**
 * The HTTP half of a server: JSON-RPC by POST, health and other GET routes handed in by the node,
 * CORS preflights. Bodies are bounded while they arrive.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type AccessRules, isBodyAllowed, isHostAllowed, isOriginAllowed } from './access.ts'
import { type Dispatch, errorText, invalidRequest, type OnFault } from './dispatch.ts'
import type { MethodContext } from './method.ts'

/** What a GET route answers. */
export interface RouteAnswer {
  readonly status: number
  readonly body: string | Uint8Array
  /** default `text/plain; charset=utf-8` */
  readonly contentType?: string
  /** such as Cache-Control */
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers GET and HEAD of one path. */
export type Route = (query: URLSearchParams) => RouteAnswer | Promise<RouteAnswer>

/** Path → route, such as `/livez`. */
export type Routes = ReadonlyMap<string, Route>

export interface HttpOptions {
  readonly dispatch: Dispatch
  readonly context: MethodContext
  readonly rules: AccessRules
  readonly routes: Routes
  readonly bodyBytesMax: number
  readonly onFault: OnFault
}

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'

function reply(response: ServerResponse, answer: RouteAnswer): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? TEXT,
    // RFC 9110 §8.6: a 204 has none
    ...(answer.status === 204 ? {} : { 'content-length': body.length }),
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  })
  response.end(body)
}

const refused = (status: number, body: string): RouteAnswer => ({ status, body: `${body}\n` })

/**
 * The body as text, or undefined when it is larger than `max` bytes; what comes after that is
 * thrown away until the answer is out. Rejects when the client goes away.
 */
function readBody(request: IncomingMessage, max: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > max) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= max) chunks.push(chunk)
      else {
        chunks.length = 0
        resolve(undefined)
      }
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
  })
}

const tooLarge = (max: number): RouteAnswer => ({
  status: 413,
  body: errorText(invalidRequest(`body of at most ${max} bytes expected`)),
  contentType: JSON_TYPE,
  // what was not read is not waited for
  headers: { connection: 'close' },
})

async function answerPost(request: IncomingMessage, options: HttpOptions): Promise<RouteAnswer> {
  const { 'content-type': contentType, origin, 'content-encoding': encoding } = request.headers
  if (encoding !== undefined && encoding !== 'identity')
    return refused(415, 'a body without content-encoding expected')
  if (!isBodyAllowed(contentType, origin, options.rules))
    return refused(415, 'content-type application/json expected')
  const text = await readBody(request, options.bodyBytesMax)
  if (text === undefined) return tooLarge(options.bodyBytesMax)
  const answer = await options.dispatch(text, options.context)
  if (answer === undefined) return { status: 204, body: '' }
  return { status: 200, body: answer, contentType: JSON_TYPE }
}

async function answerGet(url: URL, options: HttpOptions): Promise<RouteAnswer> {
  const route = options.routes.get(url.pathname)
  if (route !== undefined) return route(url.searchParams)
  if (url.pathname !== '/') return refused(404, 'no such path')
  return refused(200, 'JSON-RPC answers POST here, WebSocket on the same port')
}

function preflight(request: IncomingMessage): RouteAnswer {
  return {
    status: 204,
    body: '',
    headers: {
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers':
        request.headers['access-control-request-headers'] ?? 'content-type',
      'access-control-max-age': '600',
    },
  }
}

async function answer(request: IncomingMessage, options: HttpOptions): Promise<RouteAnswer> {
  if (!isHostAllowed(request.headers.host, options.rules))
    return refused(403, 'host not allowed: name it in the option rpc.hosts')
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  if (url === null) return refused(400, 'a path expected')
  switch (request.method) {
    case 'POST':
      return url.pathname === '/' ? answerPost(request, options) : refused(404, 'no such path')
    case 'GET':
    case 'HEAD':
      return answerGet(url, options)
    case 'OPTIONS':
      return preflight(request)
    default:
      return { ...refused(405, 'POST or GET expected'), headers: { allow: 'GET, POST, OPTIONS' } }
  }
}

/** Sets the headers that let a page of an allowed origin read the answer. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, rules: AccessRules): void {
  const { origin } = request.headers
  response.setHeader('vary', 'Origin')
  if (origin !== undefined && isOriginAllowed(origin, rules))
    response.setHeader('access-control-allow-origin', origin)
}

/** Creates the listener of a node:http server. */
export function createHttpListener(options: HttpOptions): RequestListener {
  return (request, response) => {
    allowOrigin(request, response, options.rules)
    answer(request, options).then(
      (result) => reply(response, result),
      (fault: unknown) => {
        // the client went away while it was sending: nobody waits for an answer
        if (request.destroyed && !request.complete) return
        options.onFault(fault, `${request.method} ${request.url}`)
        if (!response.headersSent) reply(response, refused(500, 'internal error'))
      },
    )
  }
}

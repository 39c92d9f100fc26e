/** Why the API doesn't do what is asked: a status, a sentence, and NGINX Plus' code of it. */
export class ApiFailure extends Error {
  constructor(
    readonly status: 400 | 404 | 405 | 409 | 413 | 415,
    text: string,
    readonly code: string,
  ) {
    super(text);
  }
}

export const pathNotFound = () => new ApiFailure(404, "path not found", "PathNotFound");
export const upstreamNotFound = () => new ApiFailure(404, "upstream not found", "UpstreamNotFound");
export const methodDisabled = () => new ApiFailure(405, "method disabled", "MethodDisabled");
export const badFormat = (text: string) => new ApiFailure(400, text, "UpstreamConfFormatError");

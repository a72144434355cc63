/** An error as the API answers it. */
export class ApiError extends Error {
  readonly status: number;
  /** The machine-readable word in the body, e.g. "not_found". */
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.id = id;
  }
}

export const notFound = (): ApiError =>
  new ApiError(404, "not_found", "The resource you were accessing could not be found.");

/** 422: the request is well-formed and cannot be done. */
export const unprocessable = (message: string): ApiError =>
  new ApiError(422, "unprocessable_entity", message);

export const conflict = (message: string): ApiError => new ApiError(409, "conflict", message);

export const forbidden = (message: string): ApiError => new ApiError(403, "forbidden", message);

/** 422 for what the real cloud can do and the lab cannot. */
export const notInLab = (what: string): ApiError =>
  unprocessable(`${what} is not available in the lab's cloud`);

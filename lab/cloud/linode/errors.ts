/** An error as the API answers it. */
export class ApiError extends Error {
  readonly status: number;
  /** The member of the request that is wrong. */
  readonly field: string | null;

  constructor(status: number, reason: string, field: string | null = null) {
    super(reason);
    this.name = "ApiError";
    this.status = status;
    this.field = field;
  }
}

/** The body of every error. An empty list would be taken for success by the official client. */
export const errorBody = (reason: string, field: string | null = null) => ({
  errors: [field === null ? { reason } : { field, reason }],
});

export const notFound = (): ApiError => new ApiError(404, "Not found");

/** 400: the request is well-formed and cannot be done. */
export const refused = (reason: string, field: string | null = null): ApiError =>
  new ApiError(400, reason, field);

/** Something is being done to the Linode; the official client asks again for as long as it hears this. */
export const busyReason = "Linode busy.";

/** 400 for what the real cloud can do and the lab cannot. */
export const notInLab = (what: string, field: string | null = null): ApiError =>
  refused(`${what} is not available in the lab's cloud`, field);

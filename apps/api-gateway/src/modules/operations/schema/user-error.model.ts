import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'An expected failure that the caller can correct.' })
export class UserError {
  @Field(() => String)
  code: string;

  @Field(() => String, { nullable: true, description: 'The member of the input.' })
  field: string | null;

  @Field(() => String)
  message: string;
}

export function userError(code: string, field: string | null, message: string): UserError {
  return { code, field, message };
}

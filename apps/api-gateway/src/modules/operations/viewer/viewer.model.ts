import { Field, ObjectType } from '@nestjs/graphql';
import { ListSize } from '../schema/directives.js';

@ObjectType({ description: 'What the access token says about its caller.' })
export class Viewer {
  @Field(() => String)
  clientId: string;

  @Field(() => String)
  tenantId: string;

  @Field(() => [String])
  @ListSize(100)
  scopes: string[];
}

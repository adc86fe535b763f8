"""The resource types of API Gateway."""

from __future__ import annotations

from ensemble.aws.types.row import CONTROL_PLANE, OBSERVABILITY, ONE_ACCOUNT, Type, its_name, listed, run

TYPES: dict[str, Type] = {
    "AWS::ApiGateway::Account": listed(OBSERVABILITY),
    "AWS::ApiGateway::ApiKey": run(
        "Enabled Name",
        named_by="Name",
        attributes={"APIKeyId": its_name},
        Description=CONTROL_PLANE,
        GenerateDistinctId="the value of a key is its name",
        StageKeys="a usage plan says which stages a key is for",
    ),
    "AWS::ApiGateway::Authorizer": run(
        "IdentitySource Name ProviderARNs RestApiId Type",
        "ProviderARNs",
        attributes={"AuthorizerId": its_name},
        AuthorizerResultTtlInSeconds="nothing is kept of a token",
    ),
    "AWS::ApiGateway::Deployment": listed("an API is run as it is now"),
    "AWS::ApiGateway::GatewayResponse": run(
        "ResponseTemplates ResponseType RestApiId StatusCode",
        ResponseParameters="what is refused is answered without further headers",
    ),
    "AWS::ApiGateway::Method": run(
        "ApiKeyRequired AuthorizationType AuthorizerId HttpMethod Integration RequestModels RequestParameters "
        "RequestValidatorId ResourceId RestApiId",
        AuthorizationScopes="the scopes of a token are not looked at",
        MethodResponses="an answer may have any status",
        OperationName=CONTROL_PLANE,
    ),
    "AWS::ApiGateway::Model": run(
        "ContentType Name RestApiId Schema",
        named_by="Name",
        attributes={},
        Description=CONTROL_PLANE,
    ),
    "AWS::ApiGateway::RequestValidator": run(
        "RestApiId ValidateRequestBody ValidateRequestParameters",
        attributes={"RequestValidatorId": its_name},
        Name=CONTROL_PLANE,
    ),
    "AWS::ApiGateway::Resource": run(
        "ParentId PathPart RestApiId",
        attributes={"ResourceId": its_name},
    ),
    "AWS::ApiGateway::RestApi": run(
        "Name",
        named_by="Name",
        attributes={"RestApiId": its_name, "RootResourceId": lambda _account, name, _: f"{name}-root"},
        ApiKeySourceType="keys come in the header x-api-key",
        Description=CONTROL_PLANE,
        EndpointConfiguration="it is served on loopback",
        Policy=ONE_ACCOUNT,
    ),
    "AWS::ApiGateway::Stage": run(
        "RestApiId StageName",
        named_by="StageName",
        attributes={},
        AccessLogSetting=OBSERVABILITY,
        DeploymentId="an API is run as it is now",
        Description=CONTROL_PLANE,
        MethodSettings="requests are slowed down by usage plans alone",
        TracingEnabled=OBSERVABILITY,
    ),
    "AWS::ApiGateway::UsagePlan": run(
        "ApiStages Throttle UsagePlanName",
        named_by="UsagePlanName",
        attributes={"Id": its_name},
        Description=CONTROL_PLANE,
        Quota="requests are not counted by the day",
    ),
    "AWS::ApiGateway::UsagePlanKey": run(
        "KeyId UsagePlanId",
        KeyType=CONTROL_PLANE,
    ),
}

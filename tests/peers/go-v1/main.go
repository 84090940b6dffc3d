// The AWS SDK for Go v1 (its last version) as a program uses it.
//
//	who PROFILE...   the caller identity of each profile; "-" is the default credential chain
//	keys DIRECTORY... the access key id that DIRECTORY/config and DIRECTORY/credentials have for the
//	                  profile named in DIRECTORY/name
//
// One line per argument: the answer, or "error: " and the reason.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/endpoints"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	answer := map[string]func(string) (string, error){"who": who, "keys": keys}[os.Args[1]]
	for _, argument := range os.Args[2:] {
		line, err := answer(argument)
		if err != nil {
			line = "error: " + strings.Join(strings.Fields(err.Error()), " ")
		}
		fmt.Println(line)
	}
}

// The SDK reads no AWS_ENDPOINT_URL_*: a program that is redirected does it like this.
func resolve(service, region string, options ...func(*endpoints.Options)) (endpoints.ResolvedEndpoint, error) {
	variables := map[string]string{
		"sts":        "AWS_ENDPOINT_URL_STS",
		"portal.sso": "AWS_ENDPOINT_URL_SSO",
		"oidc":       "AWS_ENDPOINT_URL_SSO_OIDC",
	}
	if url := os.Getenv(variables[service]); url != "" {
		return endpoints.ResolvedEndpoint{URL: url, SigningRegion: region, SigningName: service}, nil
	}
	return endpoints.ResolvedEndpoint{}, fmt.Errorf("no endpoint for %s", service)
}

func who(profile string) (string, error) {
	options := session.Options{
		SharedConfigState: session.SharedConfigEnable,
		Config:            aws.Config{EndpointResolver: endpoints.ResolverFunc(resolve)},
	}
	if profile == "-" {
		options.Config.Region = aws.String("eu-west-1")
	} else {
		options.Profile = profile
	}
	s, err := session.NewSessionWithOptions(options)
	if err != nil {
		return "", err
	}
	caller, err := sts.New(s).GetCallerIdentity(&sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return *caller.Arn, nil
}

func keys(directory string) (string, error) {
	name, err := os.ReadFile(filepath.Join(directory, "name"))
	if err != nil {
		return "", err
	}
	s, err := session.NewSessionWithOptions(session.Options{
		SharedConfigState: session.SharedConfigEnable,
		SharedConfigFiles: []string{filepath.Join(directory, "config"), filepath.Join(directory, "credentials")},
		Profile:           string(name),
	})
	if err != nil {
		return "", err
	}
	value, err := s.Config.Credentials.Get()
	return value.AccessKeyID, err
}

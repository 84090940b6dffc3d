// The AWS SDK for Go v2 as a program uses it.
//
//	who PROFILE...   the caller identity of each profile; "-" is the default credential chain
//	keys DIRECTORY... the access key id that DIRECTORY/config and DIRECTORY/credentials have for the
//	                  profile named in DIRECTORY/name
//
// One line per argument: the answer, or "error: " and the reason.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
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

func who(profile string) (string, error) {
	ctx := context.Background()
	option := config.WithSharedConfigProfile(profile)
	if profile == "-" {
		option = config.WithRegion("eu-west-1")
	}
	c, err := config.LoadDefaultConfig(ctx, option)
	if err != nil {
		return "", err
	}
	caller, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
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
	ctx := context.Background()
	c, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigFiles([]string{filepath.Join(directory, "config")}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(directory, "credentials")}),
		config.WithSharedConfigProfile(string(name)))
	if err != nil {
		return "", err
	}
	value, err := c.Credentials.Retrieve(ctx)
	return value.AccessKeyID, err
}

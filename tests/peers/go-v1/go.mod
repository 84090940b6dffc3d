module roledex.test/peer-go-v1

go 1.21

require github.com/aws/aws-sdk-go v1.55.6

require github.com/jmespath/go-jmespath v0.4.0 // indirect
